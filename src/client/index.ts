export { type Api, type ApiOptions, createApi, ReplyError, UnreachableError } from './api.ts';
export { createFeedCursor, type FeedCursor, type FeedCursorOptions } from './feed.ts';
export {
  createMediaReceiver,
  type IceServers,
  type MediaReceiver,
  type MediaReceiverOptions,
  type ReceivedTrack,
  type ReceiverState,
} from './media-receiver.ts';
export { createReceivingMeter, type PictureQuality, type ReceivingQuality } from './media-receiving-quality.ts';
export { createMediaReception, type MediaReception, type MediaReceptionOptions } from './media-reception.ts';
export { openRoomSocket, type RawSocket, type RoomSocket, type RoomSocketOptions } from './socket.ts';
