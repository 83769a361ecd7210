// What a steward can ask of the server: forms and talks of parents, and how it stands with the house;
// never a child's data. The pass lives in this module's memory: who closes the tab is out.
import type { Trouble } from '../core/api';
import type { Level } from '../kit/Care.svelte';
import type { Shape } from '../lib/server';

/** Its words are a closed list, which the document names in a sentence only. */
export type Case = Shape<'QueuedForm'> & {
  method: 'signed-form' | 'face-match' | 'call' | 'video';
  state: 'submitted' | 'recommended';
};
export type Act = Shape<'StewardAct'>;
type Judged = 'HouseQueue' | 'HouseIncident' | 'HouseEntry' | 'HouseKeys' | 'HouseLog' | 'HouseBackup';
type Cared<Name extends Judged> = Shape<Name> & { care: Level };
export type Entry = Cared<'HouseEntry'> & {
  register: 'service' | 'third-party' | 'training' | 'review' | 'safe-harbor' | 'product';
};
type Parts = 'queues' | 'reviews' | 'incidents' | 'registers' | 'keys' | 'log' | 'backup';
/** How it stands with the deployment: numbers and days, nothing of anybody. */
export type House = Omit<Shape<'HouseAnswer'>, Parts> & {
  queues: (Cared<'HouseQueue'> & {
    queue: 'reviews' | 'complaints' | 'alarms' | 'letters' | 'destructions' | 'payments' | 'inquiries';
  })[];
  reviews: (Shape<'HouseReviews'> & { method: Case['method'] })[];
  incidents: (Cared<'HouseIncident'> & {
    kind: 'exploited-hole' | 'severe-incident';
    next?: 'early-warning' | 'notification' | 'final' | null;
  })[];
  registers: Omit<Shape<'HouseRegisters'>, 'entries'> & { entries: Entry[] };
  keys: Cared<'HouseKeys'> & { root_key: 'file' | 'token' };
  log: Cared<'HouseLog'>;
  backup: Cared<'HouseBackup'>;
};

/** A refusal of the server, in the shape that pages explain. */
function refused(status: number, problem: Partial<Shape<'Problem'>>): { trouble: Trouble } {
  const { title = '', detail } = problem;
  return { trouble: { kind: 'refused', status, title, text: detail ?? '' } };
}

class Desk {
  /** Whether a pass was given that counted when it was last shown. */
  open = $state(false);
  /** Whether the last pass doesn't count, or not any more. */
  over = $state(false);
  cases = $state.raw<Case[]>([]);
  acts = $state.raw<Act[]>([]);
  house = $state.raw<House>();
  #pass = '';

  async enter(pass: string): Promise<void> {
    this.#pass = pass;
    this.over = false;
    await this.refresh();
    this.open = true;
  }

  leave(): void {
    this.#pass = '';
    this.open = false;
    this.cases = [];
    this.acts = [];
    this.house = undefined;
  }

  async refresh(): Promise<void> {
    const cases = (await (await this.#ask('GET', 'forms')).json()) as Case[];
    const acts = (await (await this.#ask('GET', 'acts')).json()) as Act[];
    const house = (await (await this.#ask('GET', 'house')).json()) as House;
    // All at once: nobody sees that nothing waits any more without seeing why.
    [this.cases, this.acts, this.house] = [cases, acts, house];
  }

  /** The scan of a form; the server writes down who looked, and why. */
  async scan(id: string, reason: string): Promise<Blob> {
    return (await this.#ask('POST', `forms/${id}/scan`, { reason } satisfies Shape<'Because'>)).blob();
  }

  async recommend(id: string, reason: string): Promise<void> {
    await this.#ask('POST', `forms/${id}/recommend`, { reason } satisfies Shape<'Because'>);
    await this.refresh();
  }

  async decide(id: string, approve: boolean, reason: string): Promise<void> {
    await this.#ask('POST', `forms/${id}/decide`, { approve, reason } satisfies Shape<'Decide'>);
    await this.refresh();
  }

  async #ask(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#pass}` };
    if (body) headers['content-type'] = 'application/json';
    let answer: Response;
    try {
      const asked = { method, headers, body: body && JSON.stringify(body), credentials: 'omit' as const };
      answer = await fetch(`/v1/steward/${path}`, asked);
    } catch {
      throw { trouble: { kind: 'unreachable', text: '' } satisfies Trouble };
    }
    if (answer.ok) return answer;
    if (answer.status === 401) {
      this.leave();
      this.over = true;
    }
    throw refused(answer.status, (await answer.json().catch(() => ({}))) as Partial<Shape<'Problem'>>);
  }
}

export const desk = new Desk();
