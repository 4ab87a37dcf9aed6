import "../ui/theme.css"
import "../ui/connection.css"
import "../ui/signedIn.css"
import "../ui/parked.css"
import "./style/frame.css"
import "./style/board.css"
import "./style/table.css"
import "./style/panel.css"
import "./style/phone.css"
import "./style/paper.css"
import { render } from "preact"
import { followSession } from "../api/session.ts"
import { App } from "./App.tsx"
import { start } from "./startWall.ts"

render(<App />, document.getElementById("page")!)
followSession()
void start()
