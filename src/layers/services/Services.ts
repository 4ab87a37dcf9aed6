import type { Audit } from "./Audit.ts"
import type { AuditReader } from "./AuditReader.ts"
import type { Connection } from "./Connection.ts"
import type { EventLog } from "./EventLog.ts"
import type { Health } from "./Health.ts"
import type { Integrity } from "./Integrity.ts"
import type { KeyValue } from "./KeyValue.ts"
import type { LogReader } from "./LogReader.ts"
import type { MessageSender } from "./MessageSender.ts"
import type { Subscriptions } from "./Subscriptions.ts"

/** The services that a board runs on; NATS and memory provide them. */
export type Services =
  | Audit
  | AuditReader
  | Connection
  | Subscriptions
  | EventLog
  | Health
  | Integrity
  | KeyValue
  | LogReader
  | MessageSender
