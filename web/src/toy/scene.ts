// Scenes that a toy without a camera can take: drawn anew each time, by nobody's child.
const WIDTH = 1280;
const HEIGHT = 960;
const QUALITY = 0.86;

const SKIES: [string, string][] = [
  ['#8ecae6', '#dff3fb'],
  ['#ffb48a', '#ffe3c2'],
  ['#9bb5ff', '#e6ecff'],
  ['#2c3e66', '#7d6ea3'],
];

const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
const between = (low: number, high: number) => low + Math.random() * (high - low);

export function drawScene(): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser draws nothing');
  sky(pen);
  hills(pen);
  for (let at = 0; at < 6; at += 1) tree(pen, between(60, WIDTH - 60), between(600, 800));
  animal(pen, between(350, 900), 790);
  for (let at = 0; at < 26; at += 1) flower(pen, between(0, WIDTH), between(800, HEIGHT));
  return jpegOf(canvas);
}

export function jpegOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const made = (blob: Blob | null) => (blob ? resolve(blob) : reject(new Error('no picture was made')));
    canvas.toBlob(made, 'image/jpeg', QUALITY);
  });
}

/** A file or a frame of a camera, at most as large as a toy's sensor. */
export async function shrink(source: ImageBitmap | HTMLVideoElement): Promise<Blob> {
  const [width, height] =
    source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  const scale = Math.min(1, 1600 / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height);
  return jpegOf(canvas);
}

function disc(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, Math.PI * 2);
  pen.fill();
}

function sky(pen: CanvasRenderingContext2D): void {
  const [top, low] = any(SKIES);
  const ground = pen.createLinearGradient(0, 0, 0, HEIGHT * 0.75);
  ground.addColorStop(0, top);
  ground.addColorStop(1, low);
  pen.fillStyle = ground;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const x = between(150, WIDTH - 150);
  disc(pen, x, 190, 150, 'rgb(255 240 190 / 0.35)');
  disc(pen, x, 190, 90, '#ffd97a');
  for (let at = 0; at < 3; at += 1) cloud(pen, between(60, WIDTH - 260), between(80, 330));
}

function cloud(pen: CanvasRenderingContext2D, x: number, y: number): void {
  for (const [right, down, radius] of [[0, 0, 46], [58, -22, 60], [124, -6, 52], [70, 18, 52]] as const) {
    disc(pen, x + right, y + down, radius, 'rgb(255 255 255 / 0.9)');
  }
}

function hills(pen: CanvasRenderingContext2D): void {
  const layers = [[520, '#7fb98f'], [600, '#5aa374'], [700, '#3d8a5e']] as const;
  for (const [height, colour] of layers) {
    const shift = between(0, 6);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, HEIGHT);
    for (let x = 0; x <= WIDTH; x += 16) pen.lineTo(x, height + Math.sin(x / 190 + shift) * 46);
    pen.lineTo(WIDTH, HEIGHT);
    pen.fill();
  }
}

function tree(pen: CanvasRenderingContext2D, x: number, y: number): void {
  const size = between(0.6, 1.1);
  pen.fillStyle = '#7b4f33';
  pen.fillRect(x - 12 * size, y - 70 * size, 24 * size, 90 * size);
  const green = any(['#2b8566', '#1f6f54', '#339271', '#6aa84f']);
  for (const [right, up, radius] of [[-42, 95, 52], [42, 95, 52], [0, 140, 64]] as const) {
    disc(pen, x + right * size, y - up * size, radius * size, green);
  }
}

function animal(pen: CanvasRenderingContext2D, x: number, y: number): void {
  const fur = any(['#b5651d', '#f2efe8', '#6b5b53', '#e0a458']);
  pen.fillStyle = fur;
  pen.beginPath();
  pen.ellipse(x, y, 130, 82, 0, 0, Math.PI * 2);
  pen.fill();
  for (const leg of [-86, -44, 44, 86]) {
    pen.fillRect(x + leg - 14, y + 40, 28, 84);
  }
  disc(pen, x + 138, y - 66, 68, fur);
  disc(pen, x + 100, y - 122, 26, fur);
  disc(pen, x + 176, y - 122, 26, fur);
  disc(pen, x + 118, y - 76, 9, '#1b2b25');
  disc(pen, x + 164, y - 76, 9, '#1b2b25');
  disc(pen, x + 142, y - 48, 13, '#1b2b25');
}

function flower(pen: CanvasRenderingContext2D, x: number, y: number): void {
  const colour = any(['#ffd166', '#f7a58b', '#ffffff', '#c9b6e4', '#f4c6d7']);
  for (let at = 0; at < 5; at += 1) {
    const turn = (at / 5) * Math.PI * 2;
    disc(pen, x + Math.cos(turn) * 11, y + Math.sin(turn) * 11, 8, colour);
  }
  disc(pen, x, y, 7, '#e0902f');
}
