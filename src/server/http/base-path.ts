import type { IncomingMessage, RequestListener } from 'node:http';

/**
 * Takes the path below which a proxy serves this server off a request's, where the proxy left it on. False where the request is for that path
 * without a slash behind it: the page's addresses are relative to it.
 */
export function stripBasePath(request: Pick<IncomingMessage, 'url'>, base: string): boolean {
  const { url = '/' } = request;
  if (base === '' || !url.startsWith(base)) return true;
  const rest = url.slice(base.length);
  if (rest === '' || rest.startsWith('?')) return false;
  if (rest.startsWith('/')) request.url = rest;
  return true;
}

/** Answers below `base` as without it. */
export function belowBasePath(base: string, answer: RequestListener): RequestListener {
  return (request, response) => {
    if (stripBasePath(request, base)) {
      answer(request, response);
      return;
    }
    response.writeHead(308, { location: `${base}/${(request.url ?? '').slice(base.length)}` }).end();
  };
}
