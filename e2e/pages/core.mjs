import { smoke } from "./smoke.mjs";
import { startWorker } from "./worker-policy.mjs";

window.onPage = () => smoke();

window.inWorker = () => {
  const worker = startWorker("core.worker.mjs");
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => {
      window.refused.push(...data.refused);
      worker.terminate();
      if (data.error) reject(new Error(data.error));
      else resolve(data.result);
    };
  });
};
