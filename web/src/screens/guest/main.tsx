import "../../ui/theme.css"
import "../../ui/connection.css"
import "../../ui/signedIn.css"
import "../shared/screens.css"
import "./guest.css"
import { effect } from "@preact/signals"
import { render } from "preact"
import { followSession } from "../../api/session.ts"
import { short } from "../shared/dates.ts"
import { Guest } from "./Guest.tsx"
import { selected } from "./guestAddress.ts"
import { startQueries } from "./guestState.ts"

render(<Guest />, document.getElementById("page")!)
followSession()
startQueries()

effect(() => {
  const open = selected.value
  document.title = `${open ? `Room ${open.room}, ${short(open.night)}` : "Book a room"} · Hotel`
})
