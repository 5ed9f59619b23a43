import type { FlowReport } from '../../flow/contract.js';
import { LlmError } from '../llm-error.js';
import { answerSchema } from '../prompt/answer-schema.js';
import { motionMapPrompt } from '../prompt/motion-map-prompt.js';
import { regionsPrompt } from '../prompt/regions-prompt.js';
import type { Features } from './features.js';
import type { EndpointOptions } from './options.js';

/**
 * The body of a chat completion request: the regions' measurements, or the one image, and nothing else of the session.
 *
 * @throws LlmError `llm_no_image` where the motion map is to be sent and was not kept.
 */
export function chatRequest(report: FlowReport, options: EndpointOptions, features: Features): string {
  const { model, dialect = 'mellm', prompt = 'regions', emotion = true } = options;
  return JSON.stringify({
    model,
    stream: true,
    ...(features.usage ? { stream_options: { include_usage: true } } : {}),
    ...(features.temperature ? { temperature: 0 } : {}),
    ...(features.limit === 'none' ? {} : { [features.limit]: options.maxTokens ?? (dialect === 'paper' ? 16_384 : 2048) }),
    messages: [
      { role: 'user', content: prompt === 'motion-map' ? mapContent(report, emotion) : regionsPrompt(report.rois, { dialect, emotion }) },
    ],
    ...(features.structured
      ? { response_format: { type: 'json_schema', json_schema: { name: 'micro_expression', strict: true, schema: answerSchema(emotion) } } }
      : {}),
  });
}

function mapContent(report: FlowReport, emotion: boolean): unknown[] {
  const png = report.images?.motion;
  if (!png) throw new LlmError('llm_no_image', 'llm.prompt is motion-map, but this alert has no motion map');
  const { text, image } = motionMapPrompt(png, { emotion });
  return [
    { type: 'text', text },
    { type: 'image_url', image_url: { url: image } },
  ];
}
