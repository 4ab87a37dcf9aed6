import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"

/** The consumer no longer exists: it was deleted or replaced. */
export class ConsumerDeleted extends Error {
  override readonly message = "the consumer was deleted"
}

/** Whether deliveries ended because the consumer was deleted. */
export const isConsumerDeleted = ({ cause }: LogUnavailable): boolean => cause instanceof ConsumerDeleted

export const toLogUnavailable = (error: unknown) => new LogUnavailable({ reason: errorMessage(error), cause: error })
