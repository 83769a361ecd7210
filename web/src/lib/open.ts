// Where pages get the core from: the Rust client, compiled to wasm, in a worker.
import type { Core, ToyCore } from '../core/api';

interface Doors {
  openCore(): Promise<Core> | Core;
  openToy(): Promise<ToyCore> | ToyCore;
}

const modules = import.meta.glob<Doors>('../core/{index,open}.ts');

async function doors(): Promise<Doors> {
  const open = Object.values(modules)[0];
  if (!open) throw new Error('the core is not built');
  return open();
}

export const openCore = async (): Promise<Core> => (await doors()).openCore();
export const openToy = async (): Promise<ToyCore> => (await doors()).openToy();
