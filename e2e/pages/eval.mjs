import { startWorker } from "./worker-policy.mjs";

const thrown = (work) => {
  try {
    work();
    return false;
  } catch {
    return true;
  }
};

window.evalOnPage = () => thrown(() => Function("return 1")());
window.workerFromText = () => thrown(() => new Worker("eval.worker.mjs"));
window.evalInWorker = () => {
  const worker = startWorker("eval.worker.mjs");
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      window.refused.push(...data.refused);
      worker.terminate();
      resolve(data.thrown);
    };
  });
};
