import { onNats } from "../support/services.ts"
import { http } from "./suite.ts"

http(onNats)
