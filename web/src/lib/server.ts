// Shapes of what the server takes and answers: its OpenAPI document, which comes from its code, says
// them, and `npm run types` writes them down.
import type { components } from './openapi';

export type Shape<Name extends keyof components['schemas']> = components['schemas'][Name];
