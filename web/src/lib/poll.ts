/** Calls `ask` until it answers true or the caller stops it; a failure is told and tried again. */
export function poll(ask: () => Promise<boolean>, everyMs: number, failed?: (error: unknown) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const turn = async () => {
    let done = false;
    try {
      done = await ask();
    } catch (error) {
      failed?.(error);
    }
    if (!done && !stopped) timer = setTimeout(turn, everyMs);
  };
  void turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
