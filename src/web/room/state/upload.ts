/**
 * A `fetch` that tells how much of the body was sent, which the browser's own
 * cannot: it is XMLHttpRequest underneath. Answers what createApi reads, JSON text.
 */
export function uploadFetch(onProgress: (part: number) => void): typeof fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const url = input instanceof Request ? input.url : input;
      request.open(init?.method ?? 'GET', url);
      new Headers(init?.headers).forEach((value, name) => {
        request.setRequestHeader(name, value);
      });
      request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
      request.addEventListener('load', () => resolve(new Response(request.responseText || null, { status: request.status })));
      request.addEventListener('error', () => reject(new TypeError('the upload failed')));
      request.addEventListener('abort', () => reject(new DOMException('the upload was stopped', 'AbortError')));
      init?.signal?.addEventListener('abort', () => request.abort());
      request.send(init?.body instanceof FormData || typeof init?.body === 'string' ? init.body : null);
    });
}
