/**
 * The door of the transport room: Unix sockets that move frames and understand none.
 */

export { ClientConnection } from './client-connection.js';
export type { ClientGatewayHandlers } from './client-gateway-connection.js';
export { ClientGatewayConnection } from './client-gateway-connection.js';
export { PeerLinks } from './peer-links.js';
export { SocketServer } from './socket-server.js';
export { checkSocketPath, isSocketPathShortEnough } from './unix-address.js';
