#!/usr/bin/env node
import { runPlayer } from '@theriac/board/wire';
import { startAttacker } from './start';

void runPlayer('attacker', 'crafts poison and corrupts parameters', '127.0.0.1:50052', startAttacker);
