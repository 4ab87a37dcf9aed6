import "../../ui/theme.css"
import "../../ui/connection.css"
import "../../ui/signedIn.css"
import "../../ui/parked.css"
import "../shared/screens.css"
import "./manager.css"
import { effect } from "@preact/signals"
import { render } from "preact"
import { followSession } from "../../api/session.ts"
import { short } from "../shared/dates.ts"
import { Manager } from "./Manager.tsx"
import { selectedDay } from "./managerAddress.ts"
import { start } from "./managerState.ts"

render(<Manager />, document.getElementById("page")!)
followSession()
start()

effect(() => {
  document.title = `Cleaning, ${short(selectedDay.value)} · Hotel`
})
