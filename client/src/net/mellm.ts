import { MellmClient } from '../../../clients/javascript/src/index.js';
import { answerSchemas, type Answers } from '../../../src/events/http-schema.js';
import { eventSchema } from '../../../src/events/schema.js';
import { accessToken } from './access-token.js';

/** The server of this page. Its answers and events are validated: a page must not show what is none. */
export const mellm = new MellmClient({
  token: () => accessToken.peek(),
  check: <Name extends keyof Answers>(name: Name, value: unknown) => answerSchemas[name].parse(value) as Answers[Name],
  parseEvent: (value) => eventSchema.safeParse(value).data,
});
