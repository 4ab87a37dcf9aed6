export { backup } from "./backup.ts"
export { restore } from "./restore.ts"
export type { Progress, Report } from "./section.ts"
