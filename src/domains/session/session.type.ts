import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../../core/graphql/schema/scalars.ts';
import { Extensions } from '../../core/model/extensions.ts';

@InputType({ description: 'Who signs in. (登录信息)' })
export class LoginInput {
  @Field(() => String, {
    description: 'The e-mail address of the account, in any case; at most 254 characters. (账号邮箱)',
  })
  email!: string;

  @Field(() => String, { description: 'The password; at most 1,024 characters. (密码)' })
  password!: string;
}

@InputType({ description: 'What a session is continued with. (会话续期信息)' })
export class RefreshSessionInput {
  @Field(() => String, {
    description:
      'The refresh token of the latest `login` or `refreshSession`. It works once. (刷新令牌，仅可使用一次)',
  })
  refreshToken!: string;
}

@InputType({ description: 'A new password of one’s own. (修改密码)' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password until now. (当前密码)' })
  currentPassword!: string;

  @Field(() => String, { description: 'The new one, 12 to 128 characters. (新密码)' })
  newPassword!: string;
}

@ObjectType({
  description:
    'A sign-in: who signed in, and the tokens to prove it with. Rights are looked up at every request, so neither token carries any. (登录会话)',
})
@Extensions({ access: 'open' })
export class Session {
  @Field(() => String, {
    description:
      'Sent as `Authorization: Bearer …` on HTTP, and the same in `authorization` of `connection_init` on the socket. Short-lived. (访问令牌)',
  })
  @Extensions({ text: 'CONTROLLED' })
  accessToken!: string;

  @Field(() => String, {
    description:
      'Exchanged for a new pair by `refreshSession` when the access token is about to expire. Works once; keep it secret, and refresh from one place at a time. (刷新令牌)',
  })
  @Extensions({ text: 'CONTROLLED' })
  refreshToken!: string;

  @Field(() => DateTimeScalar, { description: 'When the access token expires. (访问令牌到期时间)' })
  expiresAt!: string;

  /** Resolves `viewer`. */
  viewerId!: string;
}
