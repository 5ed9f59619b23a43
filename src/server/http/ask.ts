import { Hono } from 'hono';
import { plainWords } from '../../config/mod.js';
import { askSchema, sessionOf, type Annotation, type Answers } from '../../events/mod.js';
import { answerQuestion, EXAMPLES, readQuestion } from '../../llm/mod.js';
import type { Store } from '../../store/mod.js';
import { annotationPages } from './annotation-pages.js';
import { readBody } from './body.js';
import { badRequest, notFound } from './problem.js';

/** Largest body of a request, bytes. */
const MAX_BODY_BYTES = 4096;

/** `POST /api/annotations/{id}/ask`: questions about an alert, answered from its evidence. */
export function askRoutes(store: Pick<Store, 'annotations' | 'get'>, emotion: boolean): Hono {
  const app = new Hono();
  app.post('/api/annotations/:id/ask', async (context) => {
    const question = readQuestion(questionIn(await readBody(context, MAX_BODY_BYTES)));
    if (!question)
      throw badRequest('unknown_question', `the question is of no known form; ask for example: ${Object.values(EXAMPLES).join(' ')}`);
    const annotation = await find(store, context.req.param('id'));
    const { aus, rois, source } = annotation;
    const answer: Answers['answer'] = {
      form: question.form,
      answer: answerQuestion(annotation, question, { emotion }),
      evidence: { aus, rois: rois.length, source: source.mellm },
    };
    return context.json(answer, 200, { 'cache-control': 'no-store' });
  });
  return app;
}

/** @throws ProblemError 400 */
function questionIn(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const result = askSchema.safeParse(body, { error: plainWords });
  if (result.success) return result.data.question;
  throw badRequest('bad_question', `the body must be JSON such as {"question": "${EXAMPLES.units}"}`);
}

/** @throws ProblemError 404 */
async function find(store: Pick<Store, 'annotations' | 'get'>, id: string): Promise<Annotation> {
  const session = sessionOf(id);
  if (await store.get(session))
    for await (const page of annotationPages(store, session)) {
      const found = page.find((one) => one.id === id);
      if (found) return found;
    }
  throw notFound('closed annotation with this id');
}
