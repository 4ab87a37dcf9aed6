import { Admin } from "#domain/admin/lane.ts"
import { Booking } from "#domain/booking/lane.ts"
import { Cleanup } from "#domain/cleanup/lane.ts"
import { Board } from "#domain/model/index.ts"
import { addRoom } from "./add-room/index.ts"
import { bookRoom } from "./book-room/index.ts"
import { bookStay } from "./book-stay/index.ts"
import { booking } from "./booking/index.ts"
import { callOffCleaning } from "./call-off-cleaning/index.ts"
import { cancelBooking } from "./cancel-booking/index.ts"
import { checkIn } from "./check-in/index.ts"
import { cleanRoom } from "./clean-room/index.ts"
import { cleanupSchedule } from "./cleanup-schedule/index.ts"
import { moveBooking } from "./move-booking/index.ts"
import { rooms } from "./rooms/index.ts"
import { scheduleCleaning } from "./schedule-cleaning/index.ts"

/** The board, left to right. A new slice is one more line. */
export const hotelBooking = Board.make({
  name: "hotel",
  title: "Hotel booking",
  lanes: [Admin, Booking, Cleanup],
  slices: [
    // One night, from the booking to the check-in.
    addRoom,
    rooms,
    bookRoom,
    booking,
    scheduleCleaning,
    cleanupSchedule,
    cleanRoom,
    checkIn,
    // Several nights at once, and changes of bookings.
    bookStay,
    cancelBooking,
    callOffCleaning,
    moveBooking
  ],
  log: { maxBytes: "8 GiB", duplicateWindow: "10 minutes" },
  audit: { maxAge: "14 days", maxBytes: "2 GiB" }
})
