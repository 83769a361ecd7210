/** Bytes of the core as something that the browser can show or save. */
export function blobOf(bytes: Uint8Array, type: string): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
}

/** Lets the guardian save bytes as a file. */
export function saveFile(name: string, bytes: Uint8Array | string, type = 'application/octet-stream'): void {
  saveBlob(name, typeof bytes === 'string' ? new Blob([bytes], { type }) : blobOf(bytes, type));
}

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
