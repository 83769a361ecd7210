export interface Note {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_MS = 6000;
let notes = $state<Note[]>([]);
let last = 0;

export const shown = () => notes;

export function say(text: string, bad = false): void {
  const id = (last += 1);
  notes = [...notes.slice(-2), { id, text, bad }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notes = notes.filter((note) => note.id !== id);
}
