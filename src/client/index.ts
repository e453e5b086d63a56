export { type Api, type ApiOptions, createApi, ReplyError, UnreachableError } from './api.ts';
export { createFeedCursor, type FeedCursor, type FeedCursorOptions } from './feed.ts';
export {
  createMediaReceiver,
  type MediaReceiver,
  type MediaReceiverOptions,
  type ReceivedTrack,
  type ReceiverState,
} from './media-receiver.ts';
export { openRoomSocket, type RawSocket, type RoomSocket, type RoomSocketOptions } from './socket.ts';
