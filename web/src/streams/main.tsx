import "../ui/theme.css"
import "../ui/connection.css"
import "../ui/signedIn.css"
import "../screens/shared/screens.css"
import "./streams.css"
import { render } from "preact"
import { followSession } from "../api/session.ts"
import { Streams } from "./Streams.tsx"
import { start } from "./streamsState.ts"

render(<Streams />, document.getElementById("page")!)
followSession()
start()
