import type { IncomingMessage, RequestListener } from 'node:http';

/**
 * Removes the proxy's base path from a request's path, if the proxy left it there. False where the request is for the base path without a
 * trailing slash, which the page's relative URLs need.
 */
export function stripBasePath(request: Pick<IncomingMessage, 'url'>, base: string): boolean {
  const { url = '/' } = request;
  if (base === '' || !url.startsWith(base)) return true;
  const rest = url.slice(base.length);
  if (rest === '' || rest.startsWith('?')) return false;
  if (rest.startsWith('/')) request.url = rest;
  return true;
}

/** Serves `answer` below the path `base`. */
export function belowBasePath(base: string, answer: RequestListener): RequestListener {
  return (request, response) => {
    if (stripBasePath(request, base)) {
      answer(request, response);
      return;
    }
    response.writeHead(308, { location: `${base}/${(request.url ?? '').slice(base.length)}` }).end();
  };
}
