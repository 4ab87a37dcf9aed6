import { onNats, onSyncedNats } from "../support/services.ts"
import { catchUp } from "./catchUp.ts"
import { commands } from "./commands.ts"
import { decisions } from "./decisions.ts"
import { dismissing } from "./dismissing.ts"
import { healing } from "./healing.ts"
import { parking } from "./parking.ts"
import { queued } from "./queued.ts"
import { repeated } from "./repeated.ts"
import { unguarded } from "./unguarded.ts"
import { redelivered, views } from "./views.ts"

commands(onNats)
unguarded(onNats)
queued(onSyncedNats)
decisions(onNats)
views(onNats)
redelivered(onNats)
catchUp(onNats)
repeated(onNats, 8)
parking(onNats)
dismissing(onNats)
healing(onNats)
