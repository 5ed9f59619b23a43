/** A failure that is reported in one line on stderr; the stack is shown with `--debug` only. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** 1: the work failed. 2: wrong usage. */
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
