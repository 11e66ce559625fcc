import { Hono } from 'hono';

// What any Worker pays: the body read whole, a constant answered. `bench:request` subtracts it.
const app = new Hono();
app.post('/', async (c) => {
  const body = await c.req.arrayBuffer();
  return c.json({ bytes: body.byteLength });
});

export default app;
