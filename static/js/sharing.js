// Over HTTP/1.1 a browser has six connections to a site. A tab whose stream is refused, because its browser has all streams
// that it may have, gets it through a worker that all such tabs share (`streams.js`). To the rest of the page it is a response
// like any other.
(() => {
  const direct = window.fetch.bind(window);

  const shared = (script, address, { signal, headers }, refused) =>
    new Promise((resolve, reject) => {
      const worker = new SharedWorker(script);
      const { port } = worker;
      let body;
      const close = () => port.close(port.postMessage(null));
      const stream = new ReadableStream({ start: (its) => (body = its), cancel: close });
      worker.onerror = () => resolve(refused);
      port.onmessage = ({ data: { bytes, head } }) => {
        if (bytes) body.enqueue(bytes);
        else if (head) resolve(new Response(stream, head));
        else body.close();
      };
      signal.onabort = () => {
        close();
        reject(signal.reason);
      };
      addEventListener('pagehide', close);
      port.postMessage({ address, last: headers['Last-Event-ID'] || '' });
    });

  window.fetch = async (address, options) => {
    const reply = await direct(address, options);
    const live = document.querySelector('#live');
    const full = reply.status === 429 && live?.getAttribute('hx-sse:connect') === address && window.SharedWorker;
    return full ? shared(live.dataset.worker, address, options, reply) : reply;
  };
})();
