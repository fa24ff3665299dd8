/** A request: id (u32), operation (u8), length of the key (u8), key, value. A reply: id, value. */
export const OPERATION = { put: 1, get: 2 } as const;
