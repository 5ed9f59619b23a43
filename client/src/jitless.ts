import { config } from 'zod';

// The page's content security policy forbids `new Function`, by which zod would compile its schemas. Must be imported first.
config({ jitless: true });
