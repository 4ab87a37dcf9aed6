import "../ui/theme.css"
import "../ui/connection.css"
import "../screens/shared/screens.css"
import "../wall/style/table.css"
import "./live.css"
import { render } from "preact"
import { Live } from "./Live.tsx"
import { start } from "./liveState.ts"

render(<Live />, document.getElementById("page")!)
void start()
