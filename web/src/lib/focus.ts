// A step, a button or a dialog that had the focus may go while somebody works by keyboard or hears the
// page: then the focus goes on close by, and not to the start of the page.

/** No field to write in: a phone would show its keyboard for it, over what somebody is about to see. */
const NEXT = 'h1, h2, h3, a[href], button:not(:disabled)';

/** What had the focus last, and all around it, from the inside out. */
let around: Element[] = [];

function remember({ target }: FocusEvent): void {
  around = [];
  for (let one = target as Element | null; one; one = one.parentElement) around.push(one);
}

function goOn(): void {
  const now = document.activeElement;
  if ((now && now !== document.body) || !around.length || around[0]?.isConnected) return;
  const stands = around.filter((one) => one.isConnected && one !== document.body && one !== document.documentElement);
  for (const one of stands) {
    const next = one.id === 'app' ? one.querySelector<HTMLElement>('h1') : one.querySelector<HTMLElement>(NEXT);
    if (!next) continue;
    // Headings can be told of, and aren't on the way of who goes by Tab.
    if (/^H\d$/.test(next.tagName)) next.tabIndex = -1;
    return next.focus();
  }
}

export function keepFocus(): void {
  document.addEventListener('focusin', remember);
  // A page that opens takes the focus itself, a moment after it stands.
  new MutationObserver(() => void setTimeout(goOn)).observe(document.body, { childList: true, subtree: true });
}
