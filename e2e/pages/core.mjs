import { smoke } from "./smoke.mjs";
import { startWorker } from "./worker-policy.mjs";

const places = {
  page: smoke,
  async worker() {
    const worker = startWorker("core.worker.mjs");
    const { refused, error, result } = await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => resolve(data);
    });
    window.refused.push(...refused);
    worker.terminate();
    if (error) throw new Error(error);
    return result;
  },
};

window.outcome = places[location.hash.slice(1)]();
