// What lies in an album: pictures, voice messages and films.
import type { Category, Picture, Recording } from '../core/api';
import { blobOf } from './files';
import { currentLanguage, moment, t } from './i18n.svelte';
import { childName } from './names';
import { session } from './session.svelte';

export type Item = Picture | Recording;

const MINUTE_S = 60;

/** Which kind of a child's data it belongs to. */
export const categoryOf = (item: Item): Category => (isRecording(item) ? item.kind : 'photos');

export const isRecording = (item: Item): item is Recording => 'kind' in item;

/** The newest first. */
export const sorted = (items: Item[]): Item[] => items.sort((a, b) => (b.takenMs ?? 0) - (a.takenMs ?? 0));

/** Everything of one child, the newest first. */
export async function albumOf(child: string): Promise<Item[]> {
  const recorded = session.child(child)?.categories.some((category) => category === 'voice' || category === 'video');
  return sorted([...(await session.the.album(child)), ...(recorded ? await session.the.recordings(child) : [])]);
}

/** What it is, in words. */
export function altOf(item: Item): string {
  const key = isRecording(item) ? (`album.${item.kind}` as const) : 'album.picture';
  const date = item.takenMs ? moment(item.takenMs) : t('album.undated');
  return t(key, { name: childName(item.child), date });
}

/** How long something is, as players write it: `0:07`. */
export function lengthOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const digits = (value: number, least: number) =>
    new Intl.NumberFormat(currentLanguage(), { minimumIntegerDigits: least }).format(value);
  return `${digits(Math.floor(seconds / MINUTE_S), 1)}:${digits(seconds % MINUTE_S, 2)}`;
}

/** Its file, opened, and how the name of it ends. */
export async function fileOf(item: Item): Promise<{ blob: Blob; ending: string }> {
  if (!isRecording(item)) {
    const bytes = await session.the.picture(item.record, 'full');
    return { blob: blobOf(bytes, 'image/jpeg'), ending: 'jpg' };
  }
  const blob = await session.the.recording(item.record, 'whole', item.mediaType);
  return { blob, ending: item.mediaType === 'audio/wav' ? 'wav' : 'webm' };
}

export const destroy = (item: Item) =>
  isRecording(item) ? session.the.deleteRecording(item.record) : session.the.deletePicture(item.record);
