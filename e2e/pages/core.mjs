import { run } from "./journeys/all.mjs";
import { startWorker } from "./worker-policy.mjs";

const [place, journey] = location.hash.slice(1).split("/");

const places = {
  page: () => run(journey),
  async worker() {
    const worker = startWorker("core.worker.mjs");
    const { refused, error, result } = await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(journey);
    });
    window.refused.push(...refused);
    worker.terminate();
    if (error) throw new Error(error);
    return result;
  },
};

window.outcome = places[place]();
