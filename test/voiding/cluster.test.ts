import { onCluster } from "../support/services.ts"
import { onServer } from "./onServer.ts"
import { voiding } from "./voiding.ts"

voiding(onCluster, onServer)
