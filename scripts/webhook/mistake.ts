/** Something for the user to mend; its message is all that is shown. */
export class Mistake extends Error {}

/** A command whose mistakes are told in one line and end it with 1. */
export function telling<A>(run: (context: A) => Promise<void>): (context: A) => Promise<void> {
  return async function tell(context) {
    try {
      await run(context);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      console.error(error.message);
      process.exitCode = 1;
    }
  };
}
