// Makes a picture fit to be sealed: drawn on a canvas and encoded anew, so that nothing is left of
// it but pixels. The same three sizes and qualities as those of a toy that isn't in a browser.

const SIZES = [
  { pixels: 4096, quality: 0.88 },
  { pixels: 1600, quality: 0.82 },
  { pixels: 320, quality: 0.82 },
];

async function drawn(bitmap: ImageBitmap, pixels: number, quality: number) {
  const scale = Math.min(1, pixels / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser cannot draw');
  // JPEG has no transparency.
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return { width, height, bytes: new Uint8Array(await blob.arrayBuffer()) };
}

/** The picture in three sizes, the largest first, and that one's width and height in pixels. */
export async function redraw(picture: Uint8Array) {
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(picture)]));
  try {
    const all = await Promise.all(
      SIZES.map(({ pixels, quality }) => drawn(bitmap, pixels, quality)),
    );
    const [full] = all;
    if (!full) throw new Error('nothing was drawn');
    return { sizes: all.map(({ bytes }) => bytes), width: full.width, height: full.height };
  } finally {
    bitmap.close();
  }
}
