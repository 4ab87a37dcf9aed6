import { natsBackend } from "#test/support/backends.ts"
import { http } from "./http.suite.ts"

http(natsBackend)
