/** Variables that a process which reads what strangers send gets: it needs no keys and tokens. */
const PASSED_ON =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|XDG_.*|LD_LIBRARY_PATH|DYLD_.*|NODE_ENV|NODE_V8_COVERAGE|ORT_.*|SYSTEMROOT|TEMP|TMP)$/i;

/** What is allocated there is short-lived and small, or used again: little room saves tens of megabytes of a process. */
export const SMALL_HEAP_FLAGS: readonly string[] = ['--max-semi-space-size=4'];

/** Environment of a process that decodes what strangers send. */
export function mediaEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name))), MALLOC_ARENA_MAX: '2' };
}
