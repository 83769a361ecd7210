import { startWorker } from "./worker-policy.mjs";

const attempts = {
  async evalOnPage() {
    Function("return 1")();
  },
  async evalInWorker() {
    const worker = startWorker("refused.worker.mjs");
    const { refused, error } = await new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
    });
    window.refused.push(...refused);
    if (error) throw new Error(error);
  },
  async workerFromText() {
    new Worker("refused.worker.mjs");
  },
  async scriptFromText() {
    await import("data:text/javascript,export default 1");
  },
};

const attempt = attempts[location.hash.slice(1)];
window.outcome = attempt().then(
  () => "allowed",
  () => "refused",
);
