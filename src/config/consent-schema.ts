import { z } from 'zod';

/** Uses in which inferring emotions from a face is forbidden in the EU (AI Act, Art. 5(1)(f)), but for medical or safety reasons. */
const WITHOUT_EMOTION = ['work', 'education'] as const;

export const consentSection = z
  .strictObject({
    purpose: z
      .enum(['research', 'clinical', 'private', ...WITHOUT_EMOTION])
      .optional()
      .describe(
        'what the findings are used for; exported with them. With work or education no emotion category is inferred, whatever llm.emotion says (docs/trust.md)',
      ),
    notice: z
      .string()
      .trim()
      .min(1)
      .max(8000)
      .optional()
      .describe(
        'text that the page shows before it opens a camera; whoever is filmed must acknowledge it, which is stored with the session (docs/trust.md)',
      ),
  })
  .prefault({});

/** Whether a purpose rules out inferring emotions. */
export function forbidsEmotion(purpose: z.infer<typeof consentSection>['purpose']): boolean {
  return WITHOUT_EMOTION.some((one) => one === purpose);
}
