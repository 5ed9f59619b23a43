/** What of a request a server turned out to take; what is refused once is not asked for again. */
export interface Features {
  /** `response_format`. */
  readonly structured: boolean;
  /** `stream_options`. */
  readonly usage: boolean;
  /** Under which name the answer's length is bounded, if at all. */
  readonly limit: 'max_tokens' | 'max_completion_tokens' | 'none';
  readonly temperature: boolean;
}

/** How a server refused a request. */
export interface Refusal {
  readonly status: number;
  /** What it says of it. */
  readonly detail: string;
}

/** Statuses with which servers refuse a parameter that they don't know; the last two have other causes more often. */
const REFUSING: readonly number[] = [400, 422, 501, 404, 500];

/** The parameters, in the order in which they are most often refused, with what a server's message calls them. */
const STEPS: readonly { readonly named: RegExp; readonly without: (features: Features) => Features | undefined }[] = [
  {
    named: /response_format|json_?schema|json_object|structured|grammar|guided|schema/i,
    without: (f) => (f.structured ? { ...f, structured: false } : undefined),
  },
  { named: /stream_options|include_usage/i, without: (f) => (f.usage ? { ...f, usage: false } : undefined) },
  { named: /max_(?:completion_|new_)?tokens|context (?:length|window)|too many tokens/i, without: withoutLimit },
  { named: /temperature/i, without: (f) => (f.temperature ? { ...f, temperature: false } : undefined) },
];

function withoutLimit(features: Features): Features | undefined {
  if (features.limit === 'none') return undefined;
  return { ...features, limit: features.limit === 'max_tokens' ? 'max_completion_tokens' : 'none' };
}

/**
 * The request with one parameter less: the one that the server names, else the one that is refused most often. `undefined` where nothing is
 * left to leave out, or the status speaks of something else.
 *
 * @param guess whether a parameter that is not named may be the cause with any of the statuses; 404 and 500 mostly have others.
 */
export function unlearn(features: Features, { status, detail }: Refusal, guess: boolean): Features | undefined {
  if (!REFUSING.includes(status)) return undefined;
  for (const { named, without } of STEPS) {
    const rest = named.test(detail) ? without(features) : undefined;
    if (rest) return rest;
  }
  if (!guess && (status === 404 || status === 500)) return undefined;
  for (const { without } of STEPS) {
    const rest = without(features);
    if (rest) return rest;
  }
  return undefined;
}
