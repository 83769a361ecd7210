// Light, dark, or like the device.
export type Look = 'auto' | 'light' | 'dark';

const KEPT = 'treehouse.look';
const kept = localStorage.getItem(KEPT);
let look = $state<Look>(kept === 'light' || kept === 'dark' ? kept : 'auto');

export const currentLook = () => look;

export function setLook(to: Look): void {
  look = to;
  localStorage.setItem(KEPT, to);
  show();
}

export function show(): void {
  if (look === 'auto') delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
}
