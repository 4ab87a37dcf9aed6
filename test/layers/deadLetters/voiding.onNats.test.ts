import { onNats } from "#test/support/services.ts"
import { voiding } from "./voiding.suite.ts"
import { onServer } from "./voidingBackend.ts"

voiding(onNats, onServer)
