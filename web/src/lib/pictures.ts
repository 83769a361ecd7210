// The 64 pictures of the check, by the protocol's names. People compare what they see, so each has
// a drawing; the name in the reader's language would differ between the two screens.
const DRAWN: Record<string, string> = {
  cat: '🐱', dog: '🐶', horse: '🐴', cow: '🐮', pig: '🐷', sheep: '🐑', goat: '🐐', duck: '🦆',
  hen: '🐔', frog: '🐸', fish: '🐟', whale: '🐳', bee: '🐝', snail: '🐌', crab: '🦀', bear: '🐻',
  lion: '🦁', tiger: '🐯', elephant: '🐘', giraffe: '🦒', monkey: '🐵', rabbit: '🐰', mouse: '🐭', fox: '🦊',
  owl: '🦉', penguin: '🐧', turtle: '🐢', snake: '🐍', butterfly: '🦋', hedgehog: '🦔', camel: '🐫', dinosaur: '🦕',
  apple: '🍎', banana: '🍌', cherry: '🍒', carrot: '🥕', bread: '🍞', cake: '🎂', egg: '🥚', cheese: '🧀',
  tree: '🌳', flower: '🌻', mushroom: '🍄', sun: '☀️', moon: '🌙', star: '⭐', cloud: '☁️', rainbow: '🌈',
  house: '🏠', castle: '🏰', boat: '⛵', train: '🚂', car: '🚗', bicycle: '🚲', plane: '✈️', rocket: '🚀',
  ball: '⚽', kite: '🪁', drum: '🥁', bell: '🔔', key: '🔑', umbrella: '☂️', hat: '🎩', shoe: '👟',
};
const NAMES = Object.keys(DRAWN);

/** A picture by its name or its index in the protocol's list. */
export function pictureOf(nameOrIndex: string): { name: string; drawn: string } {
  const name = DRAWN[nameOrIndex] ? nameOrIndex : (NAMES[Number(nameOrIndex)] ?? nameOrIndex);
  return { name, drawn: DRAWN[name] ?? '?' };
}
