/** For one attempt, from the first byte out to the status in. Standard Webhooks says 15 to 30. */
export const ATTEMPT_TIMEOUT_MS = 15_000;

/** The longest step of our own schedule: a receiver that says "in a year" is asked tomorrow. */
export const RETRY_AFTER_SECONDS_MAX = 86_400;
