import { expect, it } from 'vitest';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import { questionAnswerSchema } from '../../events/mod.js';
import { MemoryStore } from '../../store/mod.js';
import { askRoutes } from './ask.js';
import { ProblemError } from './problem.js';

async function ask(body: string, { id = 's1-1', emotion = true } = {}): Promise<unknown> {
  const store = new MemoryStore();
  store.begin({ id: 's1', name: 'Desk' });
  store.append({ type: 'annotation.closed', session: 's1', t: 1, seq: 1, annotation: anAnnotation('s1-1') });
  const app = askRoutes(store, emotion);
  let code: string | undefined;
  app.onError((error, context) => {
    code = error instanceof ProblemError ? error.problem.code : error.message;
    return context.body(null, 500);
  });
  const response = await app.request(`/api/annotations/${id}/ask`, { method: 'POST', body });
  return code ?? questionAnswerSchema.parse(await response.json());
}
const about = (question: string): string => JSON.stringify({ question });

it('answers about a closed annotation, with the evidence', async () => {
  expect(await ask(about('On which side of the face is AU12 shown?'))).toEqual({
    form: 'side',
    answer: 'left',
    evidence: { aus: [{ au: 'AU12', side: 'left', confidence: 0.8 }], rois: 1, source: 'embedded@fedcba98' },
  });
  expect(await ask(about('What is the coarse expression class?'))).toMatchObject({ answer: 'positive' });
});

it('names no class without emotion', async () => {
  expect(await ask(about('What is the coarse expression class?'), { emotion: false })).toMatchObject({ answer: "can't tell" });
});

it('refuses what it does not understand or does not have', async () => {
  expect(await ask(about('How is the weather?'))).toBe('unknown_question');
  expect(await ask('{')).toBe('bad_question');
  expect(await ask(about('Is AU1 shown?'), { id: 's1-7' })).toBe('not_found');
  expect(await ask(about('Is AU1 shown?'), { id: 'unknown-1' })).toBe('not_found');
});
