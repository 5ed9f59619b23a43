import type { Command } from 'commander';
import * as evalFlow from './eval-flow.js';
import * as evalReal from './eval-real.js';
import * as evalRecognition from './eval-recognition.js';
import * as evalSpotting from './eval-spotting.js';
import * as evalVqa from './eval-vqa.js';

/** `eval flow|spotting|recognition|vqa|real`: the field's metrics on the field's data sets, and on recordings of real people. */
export function register(program: Command): void {
  const command = program.command('eval').description("the field's metrics on the field's data sets");
  evalFlow.register(command);
  evalSpotting.register(command);
  evalRecognition.register(command);
  evalReal.register(command);
  evalVqa.register(command);
}
