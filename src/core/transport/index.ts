/**
 * The door of the transport room: Unix sockets that move frames and understand none.
 */

export type { ClientConnectionHandlers, ClientConnectionOptions } from './client-connection.js';
export { ClientConnection } from './client-connection.js';
export type { ClientGatewayHandlers } from './client-gateway-connection.js';
export { ClientGatewayConnection } from './client-gateway-connection.js';
export type { PeerLinkCounters } from './peer-link-counters.js';
export type { PeerLinksHandlers, PeerLinksOptions } from './peer-links.js';
export { PeerLinks } from './peer-links.js';
export type { SocketServerCounters, SocketServerOptions } from './socket-server.js';
export { SocketServer } from './socket-server.js';
export { checkSocketPath, isSocketPathShortEnough } from './unix-address.js';
