/**
 * Milliseconds after which a caller is told to come again. Nobody waits for longer than 15 s in all, and an app may have
 * stood still for 5 of them before it read what it was asked.
 */
export const requestTimeoutMillis = 9_000
