// Loads bundles (bundles.py), with retries. It is in the page's HTML, because it is needed before any bundle.
{
  // gradio_config.root is the server's URL as configured. Behind a proxy only its path is valid, so it is joined
  // to the page's origin.
  const root = new URL(window.gradio_config?.root ?? "/", location.href).pathname.replace(/\/$/, "");
  const requests = new Map(); // a dozen components need the same bundle

  async function request(path) {
    const response = await fetch(root + path);
    await response.arrayBuffer();
    if (!response.ok) requests.delete(path);
    return response;
  }

  function shared(path) {
    if (!requests.has(path)) {
      requests.set(path, request(path).catch((error) => {
        requests.delete(path);
        throw error;
      }));
    }
    return requests.get(path);
  }

  async function reach(path, element) {
    for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
      try {
        const response = await shared(path);
        if (response.ok) return;
        element.dataset.waiting = response.status === 404 ? "reload" : "server";
      } catch {
        element.dataset.waiting = "connection";
      }
      await new Promise((resolve) => {
        setTimeout(resolve, wait);
        addEventListener("online", resolve, { once: true });
      });
    }
  }

  // Resolves to the last one of `bundles`. Until then data-waiting of `element` is the reason for a delay, which
  // page.css shows. Bundles are fetched before they are imported from the cache, because a browser does not
  // repeat a failed import of a URL until the page is reloaded.
  async function load(element, bundles) {
    await Promise.all(bundles.map((path) => reach(path, element)));
    delete element.dataset.waiting;
    return import(root + bundles.at(-1));
  }

  window.page = { root, load };
}
